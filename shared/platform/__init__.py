"""What every room stands on and what knows nothing about artists: clock, ids, settings, secrets,
cryptography, storage, outside services, problems, telemetry.
"""
