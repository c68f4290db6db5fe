"""What every room stands on, and what knows nothing about artists.

Clock, ids, settings, secrets, cryptography, storage, outside services, problems, telemetry.
"""
