package io.chaosproxy.kit;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;

/**
 * A certificate for localhost that only those trust who are told to.
 *
 * @param store holds it under {@link #ALIAS}
 * @param certificate PEM file
 * @param key PEM file, PKCS#8
 */
public record SelfSigned(KeyStore store, Path certificate, Path key) {
    public static final String ALIAS = "control";

    private static final char[] PASSWORD = "changeit".toCharArray();

    /** Makes a new one, in files of this folder. */
    public static SelfSigned in(Path folder) throws IOException, InterruptedException, GeneralSecurityException {
        return in(folder, "-validity 90");
    }

    /** A new one whose time is given in the words of {@code keytool}, such as {@code -startdate -10d -validity 5}. */
    public static SelfSigned in(Path folder, String time)
            throws IOException, InterruptedException, GeneralSecurityException {
        KeyStore store = generate(folder.resolve("store.p12"), time);
        Path certificate = Files.writeString(
                folder.resolve("control.crt"),
                pem("CERTIFICATE", store.getCertificate(ALIAS).getEncoded()));
        Path key = Files.writeString(
                folder.resolve("control.key"),
                pem("PRIVATE KEY", store.getKey(ALIAS, PASSWORD).getEncoded()));
        return new SelfSigned(store, certificate, key);
    }

    private static KeyStore generate(Path file, String time)
            throws IOException, InterruptedException, GeneralSecurityException {
        List<String> command = Jvm.tool("keytool");
        command.addAll(List.of(("-genkeypair -alias " + ALIAS
                        + " -keyalg EC -groupname secp256r1 -dname CN=localhost -ext SAN=dns:localhost"
                        + " -storetype PKCS12 " + time + " -storepass " + new String(PASSWORD) + " -keystore " + file)
                .split(" ", -1)));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), UTF_8);
        if (process.waitFor() != 0) {
            throw new AssertionError(said);
        }
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, PASSWORD);
        }
        return store;
    }

    private static String pem(String what, byte[] content) {
        return "-----BEGIN " + what + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content)
                + "\n-----END " + what + "-----\n";
    }
}
