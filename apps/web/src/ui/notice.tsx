import { cva, type VariantProps } from "class-variance-authority";
import { CircleAlert, CircleCheck, Info, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";

const notice = cva("flex items-start gap-2.5 rounded-xl px-4 py-3 text-[0.9375rem]/6", {
  variants: {
    tone: {
      bad: "bg-bad-wash text-bad",
      warn: "bg-warn-wash text-warn",
      good: "bg-good-wash text-good",
      plain: "bg-sunken text-ink",
    },
  },
  defaultVariants: { tone: "plain" },
});

const icons = { bad: CircleAlert, warn: TriangleAlert, good: CircleCheck, plain: Info };

/** A sentence beside the control it is about. Bad news interrupts a screen reader, the rest waits. */
export const Notice = ({
  tone = "plain",
  children,
}: VariantProps<typeof notice> & { children: ReactNode }) => {
  const Icon = icons[tone ?? "plain"];
  return (
    <div data-slot="notice" role={tone === "bad" ? "alert" : "status"} className={notice({ tone })}>
      <Icon aria-hidden className="mt-0.5 size-5 shrink-0" />
      <div className="min-w-0">{children}</div>
    </div>
  );
};
