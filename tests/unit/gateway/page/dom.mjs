// As much of a page as the modules under test touch: elements that hold what is put into them, and count what is written.

export class FakeElement extends EventTarget {
  #text = "";
  #parent = null;

  constructor(tag = "div") {
    super();
    Object.assign(this, { tag, id: "", className: "", hidden: false, disabled: false, checked: false, htmlFor: "", type: "", value: "", max: 0, children: [], attributes: {}, style: {}, textWrites: 0 });
  }

  get textContent() {
    return this.children.length ? this.children.map((child) => child.textContent).join(" ") : this.#text;
  }

  set textContent(text) {
    this.textWrites += 1;
    this.children = [];
    this.#text = text;
  }

  setAttribute(name, value) { this.attributes[name] = value; }
  append(...children) { for (const child of children) { child.remove?.(); child.#parent = this; this.children.push(child); } }
  replaceChildren(...children) { this.children = []; this.append(...children); }
  remove() { if (this.#parent) this.#parent.children = this.#parent.children.filter((child) => child !== this); this.#parent = null; }
  find(test) { return test(this) ? this : this.children.map((child) => child.find(test)).find(Boolean) ?? null; }
  querySelector(selector) { return this.find((one) => (selector.startsWith(".") ? one.className === selector.slice(1) : one.tag === selector)); }
  get firstElementChild() { return this.children[0] ?? null; }
}

// A document that has these elements; what is put into them is found by its id too.
export function documentWith(...ids) {
  const roots = ids.map((id) => Object.assign(new FakeElement(), { id }));
  globalThis.document = {
    createElement: (tag) => new FakeElement(tag),
    getElementById: (id) => roots.map((root) => root.find((one) => one.id === id)).find(Boolean) ?? null,
  };
  return Object.fromEntries(roots.map((root) => [root.id, root]));
}

// Frames of the screen, drawn when the test says so.
export function frames() {
  let waiting = new Map();
  let last = 0;
  globalThis.requestAnimationFrame = (work) => { last += 1; waiting.set(last, work); return last; };
  globalThis.cancelAnimationFrame = (handle) => waiting.delete(handle);
  return { draw: () => { const now = waiting; waiting = new Map(); for (const work of now.values()) work(); return now.size; } };
}
