"""An S3 service with a bucket, and a client that signs."""

import datetime
import glob
import hashlib
import hmac
import http.client
import os
import shutil
import urllib.parse
import uuid
import xml.etree.ElementTree

from chaos_stage import Problem, cache, connect, free_port, namespaced, wait_for


class Bucket:
    """A bucket of an S3 service, asked with signed requests (AWS, Signature Version 4)."""

    name = "cueline-chaos"

    def __init__(self, address, port, key, secret, namespace=None):
        self.address, self.port, self.key, self.secret = address, port, key, secret
        self.namespace = namespace

    def request(self, method, key="", query=None, body=b""):
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        path = "/" + self.name + ("/" + urllib.parse.quote(key, safe="/-_.~") if key else "")
        quote = lambda text: urllib.parse.quote(text, safe="-_.~")
        asked = "&".join(f"{quote(name)}={quote(value)}" for name, value in sorted((query or {}).items()))
        digest = hashlib.sha256(body).hexdigest()
        headers = {"host": f"{self.address}:{self.port}", "x-amz-content-sha256": digest, "x-amz-date": now}
        names = ";".join(sorted(headers))
        canonical = "\n".join(
            [method, path, asked, *(f"{name}:{headers[name]}" for name in sorted(headers)), "", names, digest])
        scope = f"{now[:8]}/us-east-1/s3/aws4_request"
        text = "\n".join(["AWS4-HMAC-SHA256", now, scope, hashlib.sha256(canonical.encode()).hexdigest()])
        signer = ("AWS4" + self.secret).encode()
        for part in [*scope.split("/"), text]:
            signer = hmac.digest(signer, part.encode(), "sha256")
        headers["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={self.key}/{scope}, SignedHeaders={names}, Signature={signer.hex()}")
        connection = http.client.HTTPConnection(self.address, self.port, timeout=60)
        connection.sock = connect((self.address, self.port), self.namespace, 60)
        try:
            connection.request(method, path + ("?" + asked if asked else ""), body or None, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def make(self):
        status, body = self.request("PUT")
        if status != 200:
            raise Problem(f"the bucket cannot be made: {status} {body[:300]}")
        self.request("PUT", "warm", body=b"up")

    def get(self, key):
        """The bytes of an object; nothing where there is none."""
        status, body = self.request("GET", key)
        if status == 404:
            return None
        if status != 200:
            raise Problem(f"S3 answers {status} for {key}")
        return body

    def keys(self, prefix):
        found, token = [], None
        while True:
            query = {"list-type": "2", "prefix": prefix}
            if token:
                query["continuation-token"] = token
            status, body = self.request("GET", query=query)
            if status != 200:
                raise Problem(f"S3 answers {status} when asked for its list")
            document = xml.etree.ElementTree.fromstring(body)
            for element in document.iter():
                element.tag = element.tag.split("}")[-1]
            found += [element.findtext("Key") for element in document.iter("Contents")]
            token = document.findtext("NextContinuationToken")
            if not token:
                return found


def is_http(address, port, namespace):
    try:
        with connect((address, port), namespace, 5) as connection:
            connection.settimeout(5)
            connection.sendall(b"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n")
            return connection.recv(5) == b"HTTP/"
    except OSError:
        return False


def start_s3(stage, kind, address="127.0.0.1", namespace=None):
    """Starts an S3 service with a bucket: Ceph's, which verifies signatures and digests, or moto."""
    if kind == "moto":
        found = glob.glob(os.path.join(cache(), "servers", "*", "bin", "moto_server"))
        if not found:
            raise Problem("moto is not installed: run scripts/bootstrap --with servers")
        port = free_port()
        stage.start("s3", [found[0], "-H", address, "-p", str(port)], prefix=namespaced(namespace))
        bucket = Bucket(address, port, "test", "test-secret", namespace)
    else:
        bucket = start_ceph(stage, address, namespace)

    def answers():
        # The disk ends at times: what it tells the monitor before it knows the cluster's id is refused ("wrong fsid").
        if kind == "ceph" and stage.processes["ceph-osd"].poll() is not None:
            start_disk(stage, namespace)
        return is_http(address, bucket.port, namespace)

    wait_for("S3", answers, 90, pause=0.1, log=lambda: stage.log("s3") + stage.log("ceph-osd"))
    if kind != "moto":
        stage.finish([
            "timeout", "60", "radosgw-admin", "-c", stage.path("ceph/ceph.conf"), "-n", "client.rgw", "user", "create",
            "--uid=test", "--display-name=test", f"--access-key={bucket.key}", f"--secret-key={bucket.secret}",
        ], prefix=namespaced(namespace))
    bucket.make()
    return bucket


def start_ceph(stage, address, namespace):
    """A monitor, a disk in memory and the gateway; see Tests/TestServers/CephServer.swift."""
    if not all(shutil.which(name) for name in ("ceph", "ceph-mon", "ceph-osd", "radosgw", "radosgw-admin")):
        raise Problem("Ceph is not installed: run scripts/bootstrap --with servers, or set CHAOS_S3=moto")
    folder = stage.path("ceph")
    for name in ("mon", "osd", "rgw"):
        os.makedirs(f"{folder}/{name}")
    monitor, gateway = free_port(), free_port()
    cluster, disk = str(uuid.uuid4()), str(uuid.uuid4())
    settings = {
        "global": {
            "fsid": cluster, "mon_initial_members": "a", "mon_host": f"v1:127.0.0.1:{monitor}",
            "auth_cluster_required": "none", "auth_service_required": "none", "auth_client_required": "none",
            "ms_bind_msgr2": "false", "public_network": "127.0.0.0/8", "public_addr": "127.0.0.1",
            "cluster_addr": "127.0.0.1", "run_dir": folder, "admin_socket": f"{folder}/$name.asok", "pid_file": "",
            "log_file": f"{folder}/$name.log", "log_to_stderr": "false", "keyring": f"{folder}/keyring",
            "osd_pool_default_size": "1", "osd_pool_default_min_size": "1", "osd_pool_default_pg_num": "4",
            "osd_crush_chooseleaf_type": "0", "mon_allow_pool_size_one": "true",
            # A disk that is nearly full does not matter: the objects are in memory.
            "mon_data_avail_crit": "1", "mon_data_avail_warn": "1", "osd_objectstore": "memstore",
            "memstore_device_bytes": str(8 << 30)},
        "mon.a": {"mon_data": f"{folder}/mon"},
        "osd.0": {"osd_data": f"{folder}/osd"},
        # Without tcp_nodelay each small answer waits 40 ms.
        "client.rgw": {
            "rgw_frontends": f"beast endpoint={address}:{gateway} tcp_nodelay=1", "rgw_data": f"{folder}/rgw"}}
    configuration = f"{folder}/ceph.conf"
    with open(configuration, "w") as file:
        for section, lines in settings.items():
            file.write(f"[{section}]\n" + "".join(f"{name} = {value}\n" for name, value in lines.items()))
    prefix, common = namespaced(namespace), ["-c", configuration]
    stage.finish([
        "monmaptool", "--create", "--fsid", cluster, "--addv", "a", f"[v1:127.0.0.1:{monitor}]", f"{folder}/monmap"])
    stage.finish(["ceph-mon", *common, "-i", "a", "--mkfs", "--monmap", f"{folder}/monmap"], prefix)
    stage.start("ceph-mon", ["ceph-mon", *common, "-i", "a", "-f"], prefix=prefix)
    # `osd create` and `--mkfs` have to name the same one.
    stage.finish(["timeout", "60", "ceph", *common, "osd", "create", disk, "0"], prefix, 70)
    stage.finish(["ceph-osd", *common, "-i", "0", "--mkfs", "--osd-uuid", disk], prefix)
    start_disk(stage, namespace)
    stage.start("s3", ["radosgw", *common, "-n", "client.rgw", "-f"], prefix=prefix)
    return Bucket(address, gateway, "CEPHACCESSKEY", "ceph/secret+key", namespace)


def start_disk(stage, namespace):
    stage.start(
        "ceph-osd", ["ceph-osd", "-c", stage.path("ceph/ceph.conf"), "-i", "0", "-f"], prefix=namespaced(namespace))


def s3_kind(default):
    kind = os.environ.get("CHAOS_S3") or (default if shutil.which("radosgw") else "moto")
    if kind not in ("ceph", "moto"):
        raise Problem("CHAOS_S3 is ceph or moto")
    return kind
