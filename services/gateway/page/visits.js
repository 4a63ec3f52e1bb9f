// Which answers are still wanted. Whatever takes the page elsewhere begins a visit; an answer that comes later than that is thrown away.

export class Visits {
  #count = 0;

  // Gives a question to ask when an answer is there: is the page still where it was when this visit began?
  begin() {
    this.#count += 1;
    const mine = this.#count;
    return () => mine === this.#count;
  }
}
