// Mails through the official Resend SDK.
const { Resend } = require("resend");

async function main({ url, key, from, to }) {
  const resend = new Resend(key, { baseUrl: url });
  const mail = (recipient) => ({
    from,
    to: [recipient],
    subject: "Out now",
    html: "<p>It is out.</p>",
    text: "It is out.",
    headers: { "List-Unsubscribe-Post": "List-Unsubscribe=One-Click" },
    tags: [{ name: "blast", value: "blast_1" }],
  });
  const sent = await resend.emails.send(mail(to), { idempotencyKey: "js/single" });
  const read = await resend.emails.get(sent.data.id);
  const mails = [mail(`1.${to}`), mail(`2.${to}`)];
  const first = await resend.batch.send(mails, { idempotencyKey: "js/batch" });
  const again = await resend.batch.send(mails, { idempotencyKey: "js/batch" });
  const other = await resend.batch.send([mail(`3.${to}`)], { idempotencyKey: "js/batch" });
  const stranger = await new Resend("re_wrong", { baseUrl: url }).emails.send(mail(to));
  const domains = await resend.domains.list();
  return {
    id: sent.data.id,
    subject: read.data.subject,
    first: first.data.data.map((item) => item.id),
    again: again.data.data.map((item) => item.id),
    other: other.error.name,
    stranger: stranger.error.name,
    domains: domains.data.data.map((domain) => domain.name),
  };
}

main(JSON.parse(require("node:fs").readFileSync(0, "utf8"))).then((found) => console.log(JSON.stringify(found)));
