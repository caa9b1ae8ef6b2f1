export { adoptSite, readPlace, readSite } from './site.store.js';
export { Loops } from './loops.js';
export { Site } from './site.js';
export { SiteModule } from './site.module.js';
export { standingOf } from './standing.js';
