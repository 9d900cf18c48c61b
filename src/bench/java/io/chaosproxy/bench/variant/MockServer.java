package io.chaosproxy.bench.variant;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * MockServer with one expectation that forwards each request to the upstream. It keeps connections to the upstream and logs
 * nothing, neither of which is its default.
 */
public final class MockServer implements Variant {
    private static final List<String> OPTIONS = List.of(
            "-Dmockserver.localBoundIP=127.0.0.1",
            "-Dmockserver.logLevel=OFF",
            "-Dmockserver.disableLogging=true",
            "-Dmockserver.useNativeTransport=true",
            "-Dmockserver.forwardConnectionPoolEnabled=true",
            "-Dmockserver.forwardConnectionPoolMaxIdlePerKey=10000",
            "-Dmockserver.forwardConnectionPoolMaxTotalPerKey=10000");

    @Override
    public String name() {
        return "mockserver";
    }

    @Override
    public List<Path> sources() {
        return List.of();
    }

    @Override
    public Optional<String> version() {
        return Optional.of("MockServer " + Jvm.jarVersion("mockserver-netty"));
    }

    @Override
    public boolean isJava() {
        return true;
    }

    @Override
    public boolean can(Setting setting) {
        return !setting.limits();
    }

    /** Of eight bodies of 100 MiB one had come through after a minute. */
    @Override
    public long largestBody() {
        return 1024 * 1024;
    }

    @Override
    public Running start(Setting setting, Site site) throws IOException {
        Path folder = Files.createDirectories(site.folder()).toAbsolutePath();
        Path expectations = Files.writeString(folder.resolve("expectations.json"), """
            [{"httpRequest": {}, "httpForward": {"host": "127.0.0.1", "port": %d, "scheme": "HTTP",
            "delay": {"timeUnit": "MILLISECONDS", "value": %d}}}]
            """.formatted(
                        site.upstream(), setting.latency().toMillis()));
        List<String> options = new ArrayList<>(OPTIONS);
        options.add("-Dmockserver.initializationJsonPath=" + expectations);
        if (setting.tls()) {
            Path certificate = ServerIdentity.certificateIn(folder);
            options.add("-Dmockserver.certificateAuthorityCertificate=" + certificate); // it is self-signed
            options.add("-Dmockserver.x509CertificatePath=" + certificate);
            options.add("-Dmockserver.privateKeyPath=" + ServerIdentity.keyIn(folder));
            options.add("-Dmockserver.preventCertificateDynamicUpdate=true");
            options.add("-Dmockserver.tlsProtocols=TLSv1.3");
            options.add("-Dio.netty.handler.ssl.noOpenSsl=true"); // it has its own order of ciphers
            options.add(ServerIdentity.cipherOption(folder));
        }
        List<String> command = Jvm.command(
                options, "org.mockserver.cli.Main", List.of("run", "--port", Integer.toString(site.port())));
        ProcessBuilder process =
                new ProcessBuilder(command).directory(folder.toFile()); // it writes a certificate there
        return Running.start(name(), site, process, () -> {});
    }
}
