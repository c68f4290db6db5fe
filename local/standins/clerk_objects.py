"""Clerk's users and sessions, as its Backend API and its webhooks show them."""

import secrets
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

_SESSION_SECONDS = 7 * 24 * 3600
_SCOPES = {
    "oauth_google": "email openid profile",
    "oauth_apple": "email name",
    "oauth_tiktok": "user.info.basic",
}

# What every user has and nobody here uses: nobody has a password, a phone, a passkey.
_UNUSED_MEMBERS: dict[str, Any] = {
    "external_id": None,
    "primary_phone_number_id": None,
    "primary_web3_wallet_id": None,
    "username": None,
    "locale": None,
    "public_metadata": {},
    "private_metadata": {},
    "unsafe_metadata": {},
    "phone_numbers": [],
    "web3_wallets": [],
    "passkeys": [],
    "password_enabled": False,  # nosec B105 - no password
    "two_factor_enabled": False,
    "totp_enabled": False,
    "backup_code_enabled": False,
    "mfa_enabled_at": None,
    "mfa_disabled_at": None,
    "password_last_updated_at": None,  # nosec B105 - no password
    "saml_accounts": [],
    "enterprise_accounts": [],
    "banned": False,
    "locked": False,
    "lockout_expires_in_seconds": None,
    "verification_attempts_remaining": 100,
    "delete_self_enabled": True,
    "create_organization_enabled": True,
    "legal_accepted_at": None,
}


class ExternalAccount(BaseModel):
    """A further way to sign in."""

    provider: str
    provider_user_id: str
    email: str | None = None


class NewUser(BaseModel):
    """What `POST /_control/clerk/users` takes."""

    model_config = ConfigDict(extra="forbid")

    email: str | None = None
    provider: str = "oauth_google"
    provider_user_id: str | None = None
    email_status: Literal["verified", "unverified"] = "verified"
    first_name: str | None = "Ada"
    last_name: str | None = "Local"
    further_accounts: list[ExternalAccount] = []
    webhook: bool = True


def new_id(prefix: str) -> str:
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    return f"{prefix}_" + "".join(secrets.choice(alphabet) for _ in range(27))


def new_user(order: NewUser, *, now: int) -> dict[str, Any]:
    """Return a User; `now` in milliseconds."""
    first = ExternalAccount(
        provider=order.provider,
        provider_user_id=order.provider_user_id or secrets.token_hex(10),
        email=order.email,
    )
    accounts = [
        _external_account(account, order=order, now=now)
        for account in [first, *order.further_accounts]
    ]
    addresses = []
    if order.email:
        addresses.append(email_address(order.email, order=order, linked=accounts[0], now=now))
    return _UNUSED_MEMBERS | {
        "id": new_id("user"),
        "object": "user",
        "primary_email_address_id": addresses[0]["id"] if addresses else None,
        "first_name": order.first_name,
        "last_name": order.last_name,
        "image_url": "https://img.clerk.com/stand-in.png",
        "has_image": False,
        "email_addresses": addresses,
        "external_accounts": accounts,
        "last_sign_in_at": now,
        "last_active_at": now,
        "created_at": now,
        "updated_at": now,
    }


def email_address(
    address: str, *, order: NewUser, linked: dict[str, Any], now: int
) -> dict[str, Any]:
    return {
        "id": new_id("idn"),
        "object": "email_address",
        "email_address": address,
        "reserved": False,
        "verification": {
            "object": "verification_from_oauth",
            "status": order.email_status,
            "strategy": f"from_{order.provider}",
            "attempts": None,
            "expire_at": None,
        },
        "linked_to": [{"type": order.provider, "id": linked["id"]}],
        "matches_sso_connection": False,
        "created_at": now,
        "updated_at": now,
    }


def _external_account(account: ExternalAccount, *, order: NewUser, now: int) -> dict[str, Any]:
    identification = new_id("idn")
    return {
        "object": "external_account",
        "id": identification,
        "external_account_id": new_id("eac"),
        "provider": account.provider,
        "identification_id": identification,
        "provider_user_id": account.provider_user_id,
        "approved_scopes": _SCOPES.get(account.provider, ""),
        "email_address": account.email or "",
        "email_address_verified": bool(account.email),
        "first_name": order.first_name,
        "last_name": order.last_name,
        "image_url": "https://img.clerk.com/stand-in.png",
        "username": None,
        "phone_number": None,
        "public_metadata": {},
        "label": None,
        "created_at": now,
        "updated_at": now,
        "verification": {
            "object": "verification_oauth",
            "status": "verified",
            "strategy": account.provider,
            "attempts": None,
            "expire_at": now + 600_000,
        },
    }


def new_session(user_id: str, *, now: int) -> dict[str, Any]:
    """Return an active Session; `now` in milliseconds."""
    return {
        "object": "session",
        "id": new_id("sess"),
        "user_id": user_id,
        "client_id": new_id("client"),
        "actor": None,
        "status": "active",
        "last_active_organization_id": None,
        "last_active_at": now,
        "latest_activity": None,
        "expire_at": now + _SESSION_SECONDS * 1000,
        "abandon_at": now + 4 * _SESSION_SECONDS * 1000,
        "created_at": now,
        "updated_at": now,
        "tasks": None,
    }
