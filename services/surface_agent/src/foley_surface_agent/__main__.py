"""``python -m foley_surface_agent`` starts the service from its settings."""

from foley_surface_agent.server import main

if __name__ == "__main__":
    main()
