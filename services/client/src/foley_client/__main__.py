"""`python -m foley_client` is `foley`."""

from foley_client.cli import app

if __name__ == "__main__":
    app(prog_name="foley")
