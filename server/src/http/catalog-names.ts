import { Injectable } from '@nestjs/common'

/** Names that rooms below the catalog show; the catalog fills them in when it is loaded. */
@Injectable()
export class CatalogNames {
  enterprise: { zh: string; en: string } | null = null
  /** Every equipment with its name; a new list when the catalog changes. */
  places: readonly { path: string; name: { zh: string; en: string } }[] = []
}
