import {
  Boxes,
  Gauge,
  KeyRound,
  ListVideo,
  ScrollText,
  type LucideIcon,
  Server,
  Workflow as WorkflowIcon,
} from 'lucide-react';

import { type Role, useMay } from '../api/me';

export interface Place {
  to: '/' | '/jobs' | '/nodes' | '/workflows' | '/models' | '/tenants' | '/audit';
  name: string;
  /** Pressed after `g`. */
  key: string;
  icon: LucideIcon;
  /** Who may see it. */
  least: Role;
}

export const places: readonly Place[] = [
  { to: '/', name: 'Overview', key: 'o', icon: Gauge, least: 'read' },
  { to: '/jobs', name: 'Jobs', key: 'j', icon: ListVideo, least: 'read' },
  { to: '/nodes', name: 'Nodes', key: 'n', icon: Server, least: 'operator' },
  { to: '/workflows', name: 'Workflows', key: 'w', icon: WorkflowIcon, least: 'read' },
  { to: '/models', name: 'Models', key: 'm', icon: Boxes, least: 'read' },
  { to: '/tenants', name: 'Tenants and keys', key: 't', icon: KeyRound, least: 'read' },
  { to: '/audit', name: 'Audit', key: 'a', icon: ScrollText, least: 'admin' },
];

/** Those that this one may see; until that is known, what everybody may. */
export function useMyPlaces(): readonly Place[] {
  const may: Partial<Record<Role, boolean>> = {
    read: true,
    operator: useMay('operator'),
    admin: useMay('admin'),
  };
  return places.filter(({ least }) => may[least] === true);
}
