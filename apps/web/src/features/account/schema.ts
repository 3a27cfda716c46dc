import { z } from "zod";

/** better-auth's own limits, so that the form says it first. */
export const passwordLengthMin = 8;
const passwordLengthMax = 128;

export const credentialsSchema = z.object({
  email: z.email(),
  password: z.string().min(passwordLengthMin).max(passwordLengthMax),
});
export type Credentials = z.output<typeof credentialsSchema>;

export const registrationSchema = credentialsSchema.extend({
  name: z.string().trim().min(1).max(100),
});
export type Registration = z.output<typeof registrationSchema>;
