import { cx } from "class-variance-authority";
import { useId, type ComponentProps, type ReactNode } from "react";

const box =
  "min-h-12 w-full rounded-xl border border-edge bg-surface px-3.5 text-base text-ink aria-invalid:border-bad";

/** The look of everything one types into. */
export const inputLook = box;

interface Described {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
}

/** A labelled input; its hint and its error are read out with it. */
export const Field = ({
  label,
  hint,
  error,
  className,
  ...input
}: ComponentProps<"input"> & Described) => {
  const id = useId();
  return (
    <FieldFrame id={id} label={label} hint={hint} error={error}>
      <input
        id={id}
        data-slot="input"
        aria-invalid={error ? true : undefined}
        aria-describedby={cx(hint && `${id}-hint`, error && `${id}-error`) || undefined}
        className={cx(box, className)}
        {...input}
      />
    </FieldFrame>
  );
};

/** The same for longer texts. */
export const TextField = ({
  label,
  hint,
  error,
  className,
  ...input
}: ComponentProps<"textarea"> & Described) => {
  const id = useId();
  return (
    <FieldFrame id={id} label={label} hint={hint} error={error}>
      <textarea
        id={id}
        data-slot="textarea"
        rows={4}
        aria-invalid={error ? true : undefined}
        aria-describedby={cx(hint && `${id}-hint`, error && `${id}-error`) || undefined}
        className={cx(box, "py-3", className)}
        {...input}
      />
    </FieldFrame>
  );
};

/** The same for one of a few. */
export const SelectField = ({
  label,
  hint,
  error,
  className,
  children,
  ...select
}: ComponentProps<"select"> & Described) => {
  const id = useId();
  return (
    <FieldFrame id={id} label={label} hint={hint} error={error}>
      <select
        id={id}
        data-slot="select"
        aria-invalid={error ? true : undefined}
        aria-describedby={cx(hint && `${id}-hint`, error && `${id}-error`) || undefined}
        className={cx(box, className)}
        {...select}
      >
        {children}
      </select>
    </FieldFrame>
  );
};

const FieldFrame = ({
  id,
  label,
  hint,
  error,
  children,
}: Described & { id: string; children: ReactNode }) => (
  <div data-slot="field" className="flex flex-col gap-1.5">
    <label htmlFor={id} className="text-sm font-semibold">
      {label}
    </label>
    {children}
    {hint && (
      <p id={`${id}-hint`} className="text-sm text-ink-soft">
        {hint}
      </p>
    )}
    {error && (
      <p id={`${id}-error`} role="alert" className="text-sm font-medium text-bad">
        {error}
      </p>
    )}
  </div>
);
