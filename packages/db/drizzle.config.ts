import { defineConfig } from "drizzle-kit";

export default defineConfig({
  dialect: "postgresql",
  casing: "snake_case",
  // Not the test that lies beside them.
  schema: "./src/schema/!(*.test).ts",
  out: "./migrations",
  strict: true,
});
