export default {
  cartera: {
    input: process.env.DOCUMENT,
    output: {
      target: "generated.ts",
      client: "fetch",
      // Makes parameters of `If-Match` and `Idempotency-Key`.
      headers: true,
      override: { mutator: { path: "fetch.ts", name: "send", extension: ".js" } },
    },
  },
};
