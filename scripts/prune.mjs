// After `npm ci --omit=dev` or `npm prune --omit=dev`: removes what only development needs and npm keeps, because something that stays names it
// as an optional peer (`devOptional` in the lock file): the CLI of Prisma with its studio and its own database, and TypeScript.
import { readFileSync, rmSync } from 'node:fs';

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
const surplus = Object.keys(packages).filter((path) => packages[path].devOptional === true);
for (const path of surplus) rmSync(path, { recursive: true, force: true });
// Commands of what is gone.
rmSync('node_modules/.bin', { recursive: true, force: true });
console.log(`Removed ${surplus.length} packages that only development needs.`);
