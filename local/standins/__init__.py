"""Stand-ins for the third parties, at the wire.

One process speaks what Clerk, Resend, OpenAI, Spotify, the Spotify for Artists provider, Entra, Key
Vault and MaxMind speak, so that the product and the official SDKs meet no special case; and it
stands before Azurite, so that storage can fail on request too. Tests and people steer it under
`/_control` and read the mails at `/outbox`. `docs` of the vendors' forms: `contracts.md`.

A module for each vendor; what they share is the world: its clock, state, faults, record of
requests, secrets, and the courier that delivers webhooks.
"""
