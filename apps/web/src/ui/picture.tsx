"use client";

import { cx } from "class-variance-authority";
import { useState } from "react";

/** A square picture. One that is missing or does not load is a quiet drawing instead. */
export const Picture = ({
  src,
  alt,
  eager = false,
  className,
}: {
  src: string | null;
  alt: string;
  eager?: boolean;
  className?: string;
}) => {
  const [failedSrc, setFailedSrc] = useState<string | null>(null);
  const frame = cx("aspect-square w-full bg-sunken object-cover", className);
  if (!src || src === failedSrc) return <MissingPicture alt={alt} className={frame} />;
  const fail = () => setFailedSrc(src);
  return (
    <img
      src={src}
      alt={alt}
      width={800}
      height={800}
      loading={eager ? "eager" : "lazy"}
      fetchPriority={eager ? "high" : "auto"}
      // The one that is waited for is painted with the rest of its frame.
      decoding={eager ? "sync" : "async"}
      // It may have failed before this component woke up.
      ref={(image) => void (image?.complete && image.naturalWidth === 0 && fail())}
      onError={fail}
      className={frame}
    />
  );
};

const MissingPicture = ({ alt, className }: { alt: string; className: string }) => (
  <svg role="img" aria-label={alt} viewBox="0 0 800 800" className={className}>
    <path d="M0 560h800v240H0z" className="fill-line" />
    <path d="M250 330h300l40 300H210z" className="fill-edge" opacity="0.45" />
    <path
      d="M320 330c0-110 160-110 160 0"
      className="stroke-edge"
      fill="none"
      strokeWidth="22"
      strokeLinecap="round"
      opacity="0.7"
    />
    <circle cx="400" cy="470" r="34" className="fill-paper" />
  </svg>
);
