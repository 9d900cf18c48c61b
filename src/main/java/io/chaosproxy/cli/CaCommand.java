package io.chaosproxy.cli;

import io.chaosproxy.terminal.Shell;
import io.chaosproxy.text.PlainText;
import io.chaosproxy.tls.AuthorityFiles;
import io.chaosproxy.tls.CertificateAuthority;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HexFormat;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ca}: creates an authority that signs the certificates of a proxy with {@code intercept}. */
@Command(
        name = "ca",
        description = {
            "Creates a certificate authority for intercept, and prints how clients are told to trust it.",
            "The files are chaos-proxy-ca.pem and chaos-proxy-ca.key; the key is readable by you alone."
        },
        footer = {
            "",
            "Examples:",
            "  chaos-proxy ca --out ~/.chaos-proxy",
            "  chaos-proxy ca --out ~/.chaos-proxy --print",
            "",
            "Clients that trust the authority accept every certificate signed with its key:",
            "keep the key readable by the proxy only."
        })
final class CaCommand implements Callable<Integer> {
    private static final int MAX_DAYS = 3650;
    private static final int MAX_NAME = 64; // RFC 5280 appendix A.1, ub-common-name
    private static final int NAME_BYTES = 4;

    private final Environment environment;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            defaultValue = ".",
            description = "Folder for the two files; created if it is missing. Default: the working directory.")
    private Path out = Path.of(".");

    @Option(
            names = "--name",
            paramLabel = "NAME",
            description = "Name that clients show for the authority. Default: chaos-proxy CA with a random number.")
    private @Nullable String name;

    @Option(
            names = "--days",
            paramLabel = "N",
            defaultValue = "730",
            description = "Validity of the authority, 1 to 3650 days. Default: ${DEFAULT-VALUE}.")
    private int days;

    @Option(names = "--force", description = "Replace files that are there.")
    private boolean force;

    @Option(names = "--print", description = "Print the instructions for the authority that is there, and create none.")
    private boolean print;

    CaCommand(Environment environment) {
        this.environment = environment;
    }

    @Override
    public Integer call() throws IOException {
        check(days >= 1 && days <= MAX_DAYS, "--days: must be 1 to " + MAX_DAYS + ", not " + days);
        String common = name == null ? "chaos-proxy CA " + number() : name;
        check(
                !common.isBlank() && common.length() <= MAX_NAME && PlainText.isSafe(common),
                "--name: must have 1 to " + MAX_NAME + " characters, and no control characters");
        check(!(print && force), "--print creates nothing, so --force does not go with it");
        AuthorityFiles files = AuthorityFiles.in(out.toAbsolutePath().normalize());
        if (print) {
            show("Authority", files, files.read());
        } else {
            create(files, CertificateAuthority.create(common, Duration.ofDays(days)));
        }
        return ExitCode.OK;
    }

    private void check(boolean condition, String message) {
        if (!condition && spec != null) {
            throw new ParameterException(spec.commandLine(), message);
        }
    }

    /** Authorities of the same name would be taken for one another by some stores. */
    private static String number() {
        byte[] random = new byte[NAME_BYTES];
        new SecureRandom().nextBytes(random);
        return HexFormat.of().formatHex(random);
    }

    private void create(AuthorityFiles files, CertificateAuthority authority) throws IOException {
        try {
            files.write(authority, force);
        } catch (FileAlreadyExistsException e) {
            throw new IOException(
                    e.getFile() + " is there already; --print shows how it is trusted, --force replaces it (clients"
                            + " then have to trust the new one)",
                    e);
        }
        show("Created the authority", files, authority);
    }

    private void show(String what, AuthorityFiles files, CertificateAuthority authority) {
        LocalDate end = authority
                .own()
                .certificate()
                .getNotAfter()
                .toInstant()
                .atZone(ZoneOffset.UTC)
                .toLocalDate();
        String subject = authority.own().certificate().getSubjectX500Principal().getName();
        environment.out().println(PlainText.escaped(what + " " + subject + ", valid until " + end));
        environment.out().println("  SHA-256 " + authority.own().fingerprint());
        environment.out().println(instructions(files));
        environment.out().flush();
    }

    private static String hocon(Path file) {
        return '"' + file.toString().replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    private static String instructions(AuthorityFiles files) {
        return """

            In the configuration, with protocol = forward:
              intercept { ca = %2$s, key = %3$s }

            How clients are told to trust it:
              curl         curl --cacert %1$s ...
              Java         keytool -importcert -noprompt -alias chaos-proxy -file %1$s \\
                               -keystore trust.p12 -storetype PKCS12 -storepass changeit
                           java -Djavax.net.ssl.trustStore=trust.p12 -Djavax.net.ssl.trustStorePassword=changeit ...
                           (in place of the JDK's authorities; keytool -importcert -cacerts ... adds it to them)
              Node         NODE_EXTRA_CA_CERTS=%1$s node ...
              Python       REQUESTS_CA_BUNDLE=%1$s python ...   (requests)
                           SSL_CERT_FILE=%1$s python ...        (urllib, httpx)
              Firefox      Settings, Privacy & Security, View Certificates, Authorities, Import
              Chrome       certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n chaos-proxy -i %1$s
              on Linux     (Debian: package libnss3-tools; if there is no database yet:
                           mkdir -p $HOME/.pki/nssdb && certutil -d sql:$HOME/.pki/nssdb -N --empty-password)
              Debian       sudo cp %1$s /usr/local/share/ca-certificates/chaos-proxy-ca.crt
              as a whole   sudo update-ca-certificates

            Whoever has the key can pretend to be any site to clients that trust this authority: keep it out of images and
            repositories, give clients the certificate alone, and let them trust it no longer than the tests last.\
            """.formatted(
                        Shell.quoted(files.certificate().toString()), hocon(files.certificate()), hocon(files.key()));
    }
}
