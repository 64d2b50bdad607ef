import type { TileKind } from '@gemba/contracts/board'
import type { Component } from 'vue'
import BottlenecksTile from './tiles/bottlenecks/BottlenecksTile.vue'
import DeliveryCurveTile from './tiles/delivery-curve/DeliveryCurveTile.vue'
import HourlyOutputTile from './tiles/hourly-output/HourlyOutputTile.vue'
import KeyFigureTile from './tiles/key-figure/KeyFigureTile.vue'
import LossWaterfallTile from './tiles/loss-waterfall/LossWaterfallTile.vue'
import OeeHeroTile from './tiles/oee-hero/OeeHeroTile.vue'
import OrderListTile from './tiles/order-list/OrderListTile.vue'
import StateTimelineTile from './tiles/state-timeline/StateTimelineTile.vue'
import StopReasonsTile from './tiles/stop-reasons/StopReasonsTile.vue'

/** One component per kind; each takes `data` of its kind. */
export const TILE_COMPONENTS: Record<TileKind, Component> = {
  'oee-hero': OeeHeroTile,
  'loss-waterfall': LossWaterfallTile,
  'hourly-output': HourlyOutputTile,
  'stop-reasons': StopReasonsTile,
  'state-timeline': StateTimelineTile,
  'key-figure': KeyFigureTile,
  'order-list': OrderListTile,
  bottlenecks: BottlenecksTile,
  'delivery-curve': DeliveryCurveTile,
}

/** Key of the title that a tile keeps while it has nothing to show. */
export const TILE_TITLES: Record<Exclude<TileKind, 'key-figure'>, string> = {
  'oee-hero': 'boards.hero.title',
  'loss-waterfall': 'boards.losses.title',
  'hourly-output': 'boards.hourly.title',
  'stop-reasons': 'boards.stops.title',
  'state-timeline': 'boards.timeline.title',
  'order-list': 'boards.orders.title',
  bottlenecks: 'boards.bottlenecks.title',
  'delivery-curve': 'boards.delivery.title',
}
