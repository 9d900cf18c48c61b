module consumer {
    requires io.chaosproxy;
}
