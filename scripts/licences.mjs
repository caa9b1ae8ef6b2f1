// npm run licences: what the service runs with may be passed on under the licence of this repository. A package under another kind
// of licence is named here with the reason, or it fails.
import process from 'node:process';
import { promisify } from 'node:util';
import checker from 'license-checker-rseidelsohn';

const allowed = new Set([
  'MIT',
  'ISC',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  '0BSD',
  'Unlicense',
  'CC0-1.0',
]);
/** By name without version. */
const reasons = {
  '@img/sharp-libvips': 'LGPL-3.0-or-later: a shared library that is loaded unchanged and can be replaced',
  argparse: "Python-2.0: the PSF's licence, which asks for its notice alone",
  elkjs: 'EPL-2.0: draws diagrams in the database studio of the prisma command, which the image leaves out',
};

const packages = await promisify(checker.init)({
  start: process.cwd(),
  production: true,
  excludePrivatePackages: true,
});
const licencesOf = ({ licenses = 'unknown' }) =>
  [licenses].flat().map((licence) => licence.replace(/\*$/, ''));
const isAllowed = (licence) =>
  licence
    .replaceAll(/[()]/g, '')
    .split(' OR ')
    .some((one) => allowed.has(one));
const isExplained = (name) =>
  Object.keys(reasons).some((known) => name === known || name.startsWith(`${known}-`));

const refused = Object.entries(packages).filter(
  ([id, about]) => !isExplained(id.slice(0, id.lastIndexOf('@'))) && !licencesOf(about).every(isAllowed),
);
for (const [id, about] of refused) console.error(`${id}: ${licencesOf(about).join(', ')}`);
console.log(
  `${Object.keys(packages).length} packages, ${refused.length} whose licence is not known here to fit`,
);
process.exitCode = refused.length > 0 ? 1 : 0;
