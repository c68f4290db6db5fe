"""The stack's parts and their order: Azurite, stand-ins, host; ports, files, environment."""
