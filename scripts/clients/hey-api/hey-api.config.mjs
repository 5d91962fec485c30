export default {
  input: process.env.DOCUMENT,
  // Modules of Node name their imports in full.
  output: { path: "generated", module: { extension: ".js" } },
};
