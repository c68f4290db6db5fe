"""The index: everything that can happen. Each feature registers its doors; no logic is here."""

import azure.functions as func

from functions import catch_all, emails, health, mail_templates, poison, releases, uploads

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)

app.register_functions(health.door)
app.register_functions(emails.consumers)
app.register_functions(mail_templates.door)
app.register_functions(releases.door)
app.register_functions(uploads.door)
app.register_functions(poison.bp_poison)
app.register_functions(catch_all.bp_catch_all)
