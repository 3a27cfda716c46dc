"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { Button } from "@/ui/button";
import { Field } from "@/ui/field";
import { Notice } from "@/ui/notice";
import { signIn, signUp, type AuthProblem } from "./auth";
import {
  credentialsSchema,
  passwordLengthMin,
  registrationSchema,
  type Registration,
} from "./schema";

/** Signing in and signing up; both lead back to where one was. */
export const AccountForm = ({ kind, next }: { kind: "signIn" | "signUp"; next: string }) => {
  const t = useTranslations("account");
  const [problem, setProblem] = useState<AuthProblem | null>(null);
  const isNew = kind === "signUp";
  const { register, handleSubmit, formState } = useForm<Registration>({
    resolver: zodResolver(isNew ? registrationSchema : credentialsSchema.loose()) as never,
    defaultValues: { name: "", email: "", password: "" },
  });
  const { errors, isSubmitting, isSubmitSuccessful } = formState;

  const enter = handleSubmit(async ({ name, email, password }) => {
    setProblem(null);
    const refused = await (isNew ? signUp({ name, email, password }) : signIn({ email, password }));
    if (refused) return setProblem(refused);
    // A full page: nothing of whoever was here before stays in memory.
    location.assign(next);
  });

  return (
    <form onSubmit={enter} noValidate className="flex flex-col gap-4">
      {isNew && (
        <Field
          label={t("name")}
          autoComplete="name"
          error={errors.name && t("nameInvalid")}
          {...register("name")}
        />
      )}
      <Field
        label={t("email")}
        type="email"
        inputMode="email"
        autoComplete="email"
        error={errors.email && t("emailInvalid")}
        {...register("email")}
      />
      <Field
        label={t("password")}
        type="password"
        autoComplete={isNew ? "new-password" : "current-password"}
        hint={isNew ? t("passwordHint", { min: passwordLengthMin }) : undefined}
        error={errors.password && t("passwordInvalid", { min: passwordLengthMin })}
        {...register("password")}
      />
      {problem && <Notice tone="bad">{t(`problem.${problem}`)}</Notice>}
      <Button
        type="submit"
        size="large"
        wide
        pending={isSubmitting || (isSubmitSuccessful && !problem)}
      >
        {t(isNew ? "signUp" : "signIn")}
      </Button>
      <p className="text-center text-ink-soft">
        {t(isNew ? "haveAccount" : "noAccount")}{" "}
        <Link
          href={`/${isNew ? "sign-in" : "sign-up"}?next=${encodeURIComponent(next)}`}
          className="font-semibold text-accent-strong underline underline-offset-4"
        >
          {t(isNew ? "signIn" : "signUp")}
        </Link>
      </p>
    </form>
  );
};
