/** A component of a CycloneDX bill of materials. */
export interface Component {
  readonly type: "library";
  readonly "bom-ref": string;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly hashes: readonly [{ readonly alg: "SHA-512"; readonly content: string }];
}

export interface Sbom {
  readonly bomFormat: "CycloneDX";
  readonly specVersion: "1.6";
  readonly version: 1;
  readonly metadata: { readonly component: { readonly type: "application"; readonly name: string; readonly version: string } };
  readonly components: readonly Component[];
}

/** The bill of materials (CycloneDX 1.6) of a pnpm lockfile: every package with its checksum. */
export const sbomOf = (lockfile: string, shop: { name: string; version: string }): Sbom => {
  const [packages = ""] = /^packages:\n[\s\S]*?(?=^snapshots:)/m.exec(lockfile) ?? [];
  const entry = /^  '?((?:@[^/'\s]+\/)?[^@'\s]+)@([^':\s]+)'?:\n    resolution: \{integrity: sha512-([^,}]+)/gm;
  const components = [...packages.matchAll(entry)].map(([, name = "", version = "", hash = ""]) => {
    const purl = `pkg:npm/${name.replace("@", "%40")}@${version}`;
    const content = Buffer.from(hash, "base64").toString("hex");
    return { type: "library", "bom-ref": purl, name, version, purl, hashes: [{ alg: "SHA-512", content }] } as const;
  });
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: { component: { type: "application", ...shop } },
    components,
  };
};
