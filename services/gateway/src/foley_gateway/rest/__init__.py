"""The gateway's REST face and its page: thin routes over the application."""
