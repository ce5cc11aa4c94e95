/// The container formats that ffmpeg may read for us.
///
/// Playlists and scripts (HLS, DASH, concat, SDP, image sequences, lavfi, …) make ffmpeg open other files or sockets, so
/// an upload could read what its sender may not. Formats are therefore allowed by name, never denied by name: a format
/// that is new to ffmpeg stays out until it is written here. Names unknown to an ffmpeg do no harm.
enum DemuxerAllowList {
    static let names = """
        3dostr aa aac aax ac3 ace adp ads adx aea aiff aix alp amr amrnb amrwb apc ape apm aptx aptx_hd argo_asf \
        asf asf_o ast au av1 avi avr avs2 avs3 bink binka brstm bfstm caf cavsvideo dhav dirac dsf dts dtshd dv dxa \
        ea eac3 evc film_cpk flac flv g722 g729 genh gsm gxf h261 h263 h264 hca hcom hevc iamf iff ircam ivf ivr kux \
        lc3 live_flv lmlm4 loas lvf lxf m4v matroska,webm mca mgsts mlp mlv mm mods moflex mov,mp4,m4a,3gp,3g2,mj2 \
        mp3 mpc mpc8 mpeg mpegts mpegvideo msf mtaf mtv musx mv mvi mxf mxg nistsphere nsp nsv nut nuv obu ogg oma \
        osq paf pva pvf qcp qoa r3d rl2 rm roq rpl rsd rso sbc sds sdx shn sln smjpeg smk sol sox spdif svag svs swf \
        tak thp truehd tta ty usm vag vc1 vividas vivo vmd voc vpk vqf vvc w64 wav wc3movie wsaud wsd wsvqa wtv wv \
        wve xa xmv xvag xwma yop yuv4mpegpipe
        """.split(separator: " ").joined(separator: ",")

    /// Options that go before the input of ffmpeg and ffprobe alike.
    static let inputOptions = ["-protocol_whitelist", "file,pipe", "-format_whitelist", names]
}
