// Structured outputs through the official OpenAI SDK, by both of its interfaces.
const OpenAI = require("openai");

const schema = {
  type: "object",
  additionalProperties: false,
  required: ["summary", "actions"],
  properties: {
    summary: { type: "string" },
    actions: {
      type: "array",
      items: {
        type: "object",
        additionalProperties: false,
        required: ["key", "why"],
        properties: {
          key: { type: "string", enum: ["announce_list", "teaser_series"] },
          why: { type: "string" },
        },
      },
    },
  },
};

async function main({ url, key, prompt, limited }) {
  const client = new OpenAI({ baseURL: url, apiKey: key, maxRetries: 0 });
  const messages = [{ role: "user", content: prompt }];
  if (limited) {
    try {
      await client.chat.completions.create({ model: "m", messages });
      return { kind: null };
    } catch (error) {
      return { kind: error.constructor.name, isRateLimit: error instanceof OpenAI.RateLimitError };
    }
  }
  const response = await client.responses.create({
    model: "m",
    store: false,
    input: prompt,
    text: { format: { type: "json_schema", name: "plan", strict: true, schema } },
  });
  const chat = await client.chat.completions.create({
    model: "m",
    messages,
    response_format: { type: "json_schema", json_schema: { name: "plan", strict: true, schema } },
  });
  return {
    response: JSON.parse(response.output_text),
    chat: JSON.parse(chat.choices[0].message.content),
    finish: chat.choices[0].finish_reason,
    tokens: response.usage.total_tokens,
  };
}

main(JSON.parse(require("node:fs").readFileSync(0, "utf8"))).then((found) => console.log(JSON.stringify(found)));
