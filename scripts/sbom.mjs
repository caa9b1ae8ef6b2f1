// Reads `npm sbom --package-lock-only --omit=dev --sbom-format=cyclonedx` and writes it without what is not installed here.
import { existsSync } from 'node:fs';
import { text } from 'node:stream/consumers';

const pathOf = ({ properties = [] }) =>
  properties.find(({ name }) => name === 'cdx:npm:package:path')?.value ?? '';

const sbom = JSON.parse(await text(process.stdin));
sbom.components = sbom.components.filter((component) => existsSync(pathOf(component)));
const kept = new Set([...sbom.components, sbom.metadata.component].map((component) => component['bom-ref']));
sbom.dependencies = sbom.dependencies
  .filter(({ ref }) => kept.has(ref))
  .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((other) => kept.has(other)) }));
process.stdout.write(JSON.stringify(sbom));
