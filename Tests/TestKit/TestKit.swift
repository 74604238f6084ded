// Who uses the kit means clusters, too.
@_exported public import Clusters
