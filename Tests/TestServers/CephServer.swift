import Foundation

/// A small Ceph cluster with its gateway for S3, which verifies signatures and digests. In memory.
public struct CephServer: Sendable {
    public static let accessKeyID = "CEPHACCESSKEY"
    public static let secretAccessKey = "ceph/secret+key"
    public static let bucket = "cueline-test"

    /// `http://127.0.0.1:port`
    public let endpoint: String

    private static let shared = SharedServer { try CephServer() }

    /// The one of this process; started when it does not run.
    public static func running() async throws -> CephServer { try await shared.get() }

    private init() throws {
        let folder = try LocalServer.makeFolder("ceph")
        let monitor = try LocalServer.freePort()
        let gateway = try LocalServer.freePort()
        let cluster = UUID().uuidString.lowercased()
        // `osd create` and `--mkfs` have to name the same one.
        let disk = UUID().uuidString.lowercased()
        for name in ["mon", "osd", "rgw"] {
            try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: false)
        }
        let configuration = folder + "/ceph.conf"
        try Self.configuration(in: folder, cluster: cluster, monitor: monitor, gateway: gateway)
            .write(toFile: configuration, atomically: true, encoding: .utf8)
        let map = folder + "/monmap"
        let log = { (name: String) in "\(folder)/\(name).out" }
        try LocalServer.finish(
            ["monmaptool", "--create", "--fsid", cluster, "--addv", "a", "[v1:127.0.0.1:\(monitor)]", map],
            log: log("monmaptool"))
        let common = ["-c", configuration]
        try LocalServer.finish(["ceph-mon"] + common + ["-i", "a", "--mkfs", "--monmap", map], log: log("mkfs-mon"))
        try LocalServer.start(["ceph-mon"] + common + ["-i", "a", "-f"], log: log("mon"))
        try LocalServer.finish(
            ["timeout", "60", "ceph"] + common + ["osd", "create", disk, "0"], log: log("osd-create"))
        try LocalServer.finish(["ceph-osd"] + common + ["-i", "0", "--mkfs", "--osd-uuid", disk], log: log("mkfs-osd"))
        // Now and then it ends at once ("wrong fsid"), and starts well when it is started again.
        for number in 1...3 {
            try LocalServer.start(["ceph-osd"] + common + ["-i", "0", "-f"], log: log("osd\(number)"))
            if (try? LocalServer.finish(
                ["timeout", "15", "bash", "-c", Self.waitForDisk, configuration], log: log("up"))) != nil
            {
                break
            }
        }
        try LocalServer.start(["radosgw"] + common + ["-n", "client.rgw", "-f"], log: log("rgw"))
        try LocalServer.waitForHTTP(port: gateway, log: log("rgw"))
        try LocalServer.finish(
            [
                "timeout", "60", "radosgw-admin", "-c", configuration, "-n", "client.rgw", "user", "create",
                "--uid=test", "--display-name=test", "--access-key=\(Self.accessKeyID)",
                "--secret-key=\(Self.secretAccessKey)",
            ], log: log("user"))
        endpoint = "http://127.0.0.1:\(gateway)"
    }

    private static let waitForDisk = """
        for round in $(seq 1 40); do
            timeout 5 ceph -c "$0" osd stat 2>/dev/null | grep -q "1 up" && exit 0
            sleep 0.2
        done
        exit 1
        """

    private static func configuration(in folder: String, cluster: String, monitor: Int, gateway: Int) -> String {
        """
        [global]
        fsid = \(cluster)
        mon_initial_members = a
        mon_host = v1:127.0.0.1:\(monitor)
        auth_cluster_required = none
        auth_service_required = none
        auth_client_required = none
        ms_bind_msgr2 = false
        public_network = 127.0.0.0/8
        public_addr = 127.0.0.1
        cluster_addr = 127.0.0.1
        run_dir = \(folder)
        admin_socket = \(folder)/$name.asok
        pid_file =
        log_file = \(folder)/$name.log
        log_to_stderr = false
        keyring = \(folder)/keyring
        osd_pool_default_size = 1
        osd_pool_default_min_size = 1
        osd_pool_default_pg_num = 4
        osd_crush_chooseleaf_type = 0
        mon_allow_pool_size_one = true
        # A disk that is nearly full does not matter: the objects are in memory.
        mon_data_avail_crit = 1
        mon_data_avail_warn = 1
        osd_objectstore = memstore
        memstore_device_bytes = 8589934592
        [mon.a]
        mon_data = \(folder)/mon
        [osd.0]
        osd_data = \(folder)/osd
        [client.rgw]
        # Without tcp_nodelay each small answer waits 40 ms.
        rgw_frontends = beast endpoint=127.0.0.1:\(gateway) tcp_nodelay=1
        rgw_data = \(folder)/rgw

        """
    }
}
