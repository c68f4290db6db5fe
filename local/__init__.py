"""The development stack: bootstrap, function host, stand-ins, demo. Never deployed."""
