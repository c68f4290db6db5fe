"""The index: everything that can happen. Each feature registers its doors; no logic is here."""

import azure.functions as func

from functions import (
    account_deletion,
    artists,
    blasts,
    capture,
    catch_all,
    clerk_webhooks,
    dashboard,
    dispatch,
    emails,
    fan_pages,
    fans,
    geoip,
    health,
    mail_templates,
    operations,
    performance,
    plans,
    poison,
    policies,
    privacy,
    releases,
    reminders,
    resend_webhooks,
    retention,
    tasks,
    timeline,
    uploads,
)

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)

app.register_functions(health.door)
app.register_functions(emails.consumers)
app.register_functions(mail_templates.door)
app.register_functions(releases.door)
app.register_functions(uploads.door)
app.register_functions(performance.door)
app.register_functions(performance.consumers)
app.register_functions(performance.timers)
app.register_functions(artists.door)
app.register_functions(account_deletion.door)
app.register_functions(clerk_webhooks.door)
app.register_functions(clerk_webhooks.timers)
app.register_functions(capture.door)
app.register_functions(fan_pages.door)
app.register_functions(fans.door)
app.register_functions(fans.consumers)
app.register_functions(geoip.timers)
app.register_functions(blasts.door)
app.register_functions(blasts.consumers)
app.register_functions(resend_webhooks.door)
app.register_functions(dispatch.timers)
app.register_functions(plans.door)
app.register_functions(plans.consumers)
app.register_functions(reminders.timers)
app.register_functions(tasks.door)
app.register_functions(dashboard.door)
app.register_functions(timeline.door)
app.register_functions(privacy.door)
app.register_functions(privacy.consumers)
app.register_functions(policies.door)
app.register_functions(policies.timers)
app.register_functions(operations.door)
app.register_functions(retention.timers)
app.register_functions(poison.consumers)
app.register_functions(catch_all.blueprint)
