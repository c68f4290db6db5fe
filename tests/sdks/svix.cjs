// Webhooks through the official Svix SDK: a delivery is verified, and one is signed.
const { Webhook } = require("svix");

function main({ secret, body, headers, toSign }) {
  const webhook = new Webhook(secret);
  if (toSign) {
    const at = new Date(toSign.at);
    return { signature: webhook.sign(toSign.id, at, body), timestamp: Math.floor(at / 1000) };
  }
  const refused = (changed) => {
    try {
      webhook.verify(changed, headers);
      return null;
    } catch (error) {
      return error.constructor.name;
    }
  };
  return { type: webhook.verify(body, headers).type, refused: refused(`${body} `) };
}

console.log(JSON.stringify(main(JSON.parse(require("node:fs").readFileSync(0, "utf8")))));
