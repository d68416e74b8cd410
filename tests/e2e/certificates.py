"""Certificates for the tests, made by the openssl program."""

import os
import subprocess


def _openssl(*arguments, given=None):
    done = subprocess.run(("openssl",) + arguments, input=given, capture_output=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"openssl {' '.join(arguments)}: {done.stderr.decode()}")
    return done.stdout


class Certificates:
    """Makes certificates in a folder; each is (certificate, key), two paths."""

    def __init__(self, folder):
        self.folder = folder

    def path(self, name):
        return os.path.join(self.folder, name)

    def self_signed(self, name, subject="pool.test", names="IP:127.0.0.1"):
        certificate, key = self.path(name + ".pem"), self.path(name + ".key")
        _openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
                 "-out", certificate, "-subj", f"/CN={subject}", "-days", "2", "-addext", f"subjectAltName={names}")
        return certificate, key

    def signed_by(self, authority, name, names="IP:127.0.0.1", days=2):
        """A certificate of an authority; with `days` < 0 it has expired."""
        certificate, key, request = (self.path(name + ending) for ending in (".pem", ".key", ".csr"))
        extension = self.path(name + ".ext")
        with open(extension, "w", encoding="ascii") as file:
            file.write(f"subjectAltName={names}\n")
        _openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
                 "-out", request, "-subj", "/CN=pool.test")
        _openssl("x509", "-req", "-in", request, "-CA", authority[0], "-CAkey", authority[1], "-CAcreateserial",
                 "-out", certificate, "-days", str(days), "-extfile", extension)
        return certificate, key

    def pin_of(self, certificate):
        key = _openssl("x509", "-in", certificate, "-pubkey", "-noout")
        der = _openssl("pkey", "-pubin", "-outform", "der", given=key)
        digest = _openssl("dgst", "-sha256", "-binary", given=der)
        return "sha256//" + _openssl("base64", "-A", given=digest).decode().strip()
