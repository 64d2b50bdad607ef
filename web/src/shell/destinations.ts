import { House, Link as LinkIcon, Monitor, Odometer } from '@element-plus/icons-vue'
import type { Component } from 'vue'

export interface Destination {
  name: 'home' | 'boards' | 'metrics' | 'sources'
  /** Key of its label. */
  label: string
  icon: Component
  /** A line above it. */
  divided?: boolean
}

/** Pages of the navigation; only what exists. */
export const DESTINATIONS: readonly Destination[] = [
  { name: 'home', label: 'shell.home', icon: House },
  { name: 'boards', label: 'shell.boards', icon: Monitor },
  { name: 'metrics', label: 'shell.metrics', icon: Odometer },
  { name: 'sources', label: 'shell.sources', icon: LinkIcon, divided: true },
]
