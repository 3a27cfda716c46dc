import type { MetadataRoute } from "next";

export default function robots(): MetadataRoute.Robots {
  const disallow = ["/admin", "/checkout", "/cart", "/orders", "/wallet", "/trpc", "/api"];
  return { rules: { userAgent: "*", allow: "/", disallow } };
}
