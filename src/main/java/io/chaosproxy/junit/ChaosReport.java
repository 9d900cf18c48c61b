package io.chaosproxy.junit;

/**
 * Report of what the proxies of a failed test did, as a suppressed exception of the failure: so it stands in every tool's output, also
 * where entries of reports aren't shown.
 */
final class ChaosReport extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ChaosReport(String report) {
        super(report, null, false, false); // the stack trace is irrelevant
    }
}
