"""Recordings from the web, with yt-dlp behind a guard that it cannot get around."""
