/// `postgresql.conf` settings of a fleet's servers: as on a small production server.
enum FleetSettings {
    /// Of primaries and standbys. What they hold can be generated again: it need not survive a power cut.
    static let tenant = [
        "fsync": "off", "shared_buffers": "64MB", "max_connections": "60", "wal_level": "replica", "hot_standby": "on",
        "max_wal_senders": "6", "max_replication_slots": "6", "max_wal_size": "2GB", "jit": "off",
    ]

    /// Of a warehouse that waits for its disk.
    static let warehouse = [
        "shared_buffers": "128MB", "maintenance_work_mem": "128MB", "max_connections": "80", "wal_level": "replica",
        "max_wal_size": "4GB", "jit": "off",
    ]
}
