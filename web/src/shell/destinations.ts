import type { Role } from '@gemba/contracts/api'
import {
  DataBoard,
  Document,
  DocumentChecked,
  EditPen,
  Files,
  House,
  Key,
  Link as LinkIcon,
  Message,
  Monitor,
  Odometer,
  Operation,
  Promotion,
  Share,
  Tickets,
} from '@element-plus/icons-vue'
import type { Component } from 'vue'
import { CHANGE_ROLES } from '../connection/change-api.ts'

export interface Destination {
  name:
    | 'home'
    | 'boards'
    | 'reports'
    | 'metrics'
    | 'deliveries'
    | 'sources'
    | 'foreign-data'
    | 'policies'
    | 'changes'
    | 'access'
    | 'displays'
    | 'shares'
    | 'mail-settings'
    | 'records'
    | 'audit'
  /** Key of its label. */
  label: string
  icon: Component
  /** A line above it. */
  divided?: boolean
  /** Shown to these roles only; the server refuses the others anyhow. */
  roles?: readonly Role[]
}

/** Pages of the navigation; only what exists. */
export const DESTINATIONS: readonly Destination[] = [
  { name: 'home', label: 'shell.home', icon: House },
  { name: 'boards', label: 'shell.boards', icon: Monitor },
  { name: 'reports', label: 'reports.title', icon: Tickets },
  { name: 'metrics', label: 'shell.metrics', icon: Odometer },
  { name: 'deliveries', label: 'deliveries.title', icon: Message, roles: ['admin', 'manager', 'analyst', 'executive'] },
  { name: 'sources', label: 'shell.sources', icon: LinkIcon, divided: true },
  { name: 'foreign-data', label: 'foreign.title', icon: Files, roles: ['admin', 'plant-it', 'manager', 'analyst'] },
  { name: 'policies', label: 'shell.policies', icon: Operation },
  { name: 'changes', label: 'changes.title', icon: DocumentChecked, roles: CHANGE_ROLES },
  { name: 'displays', label: 'accounts.displays.title', icon: DataBoard, roles: ['admin', 'manager'] },
  { name: 'shares', label: 'shares.title', icon: Share, roles: ['admin', 'manager', 'plant-it'] },
  { name: 'mail-settings', label: 'mail.title', icon: Promotion, roles: ['admin', 'plant-it'] },
  {
    name: 'access',
    label: 'shell.access',
    icon: Key,
    divided: true,
    roles: ['admin', 'plant-it', 'manager', 'auditor'],
  },
  { name: 'records', label: 'signatures.records', icon: EditPen, roles: ['admin', 'quality', 'manager', 'auditor'] },
  { name: 'audit', label: 'audit.title', icon: Document, roles: ['admin', 'quality', 'auditor'] },
]
