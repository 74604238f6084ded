// Who uses the kit means clusters, too.
@_exported public import Clusters

/// A port of 127.0.0.1 where nobody listens: that of tcpmux (RFC 1078). One that was free a moment ago may be another test's.
public let closedPort = 1
