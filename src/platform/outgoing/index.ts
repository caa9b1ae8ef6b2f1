export { isLinkLocal, refusalOfTarget } from './target.js';
