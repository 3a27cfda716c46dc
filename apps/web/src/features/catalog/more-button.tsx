"use client";

import { useEffect, useEffectEvent, useRef } from "react";
import { Button } from "@/ui/button";

/** A button that presses itself when it comes into view; a keyboard presses it by hand. */
export const MoreButton = ({
  label,
  pending,
  onMore,
}: {
  label: string;
  pending: boolean;
  onMore: () => void;
}) => {
  const place = useRef<HTMLDivElement>(null);
  const more = useEffectEvent(() => !pending && onMore());
  useEffect(() => {
    if (!place.current) return;
    // A screen ahead, so that the next row is there before one reaches it.
    const seen = new IntersectionObserver(([entry]) => entry?.isIntersecting && more(), {
      rootMargin: "0px 0px 600px 0px",
    });
    seen.observe(place.current);
    return () => seen.disconnect();
  }, []);
  return (
    <div ref={place} className="mt-8 flex justify-center">
      <Button look="secondary" pending={pending} onClick={onMore}>
        {label}
      </Button>
    </div>
  );
};
