"""``python -m foley_detector`` starts the service from its settings."""

from foley_detector.server import main

if __name__ == "__main__":
    main()
