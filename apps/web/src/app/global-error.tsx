"use client";

/** The last net: the frame of the page itself broke, so there are no messages and no styles. */
export default function GlobalError({ reset }: { reset: () => void }) {
  return (
    <html lang="ko">
      <body style={{ fontFamily: "system-ui", padding: "4rem 1.5rem", textAlign: "center" }}>
        <h1>잠시 문제가 생겼어요</h1>
        <p>결제는 한 번만 처리되니 안심하고 다시 시도해 주세요.</p>
        <p lang="en">Something broke. Nothing is paid twice; please try again.</p>
        <button type="button" onClick={reset} style={{ padding: "0.75rem 1.5rem" }}>
          다시 시도 · Try again
        </button>
      </body>
    </html>
  );
}
