"""The county's year as a folder: settings, roster, what was distributed, what came in, who is missing."""
